"""The console: where administrators and operators watch and repair. Server-rendered, stateless."""
