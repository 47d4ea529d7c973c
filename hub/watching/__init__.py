"""What operators do: bulk acts, quarantine, partners' switches, figures. Console, API and command
line all come here."""
