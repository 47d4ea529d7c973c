"""How bytes travel: SOAP over HTTP, files over SFTP."""
