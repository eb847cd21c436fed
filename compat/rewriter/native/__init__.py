"""From the shim to consumers of channels 2, 3 and 4: looks at a project as a whole, since a consumer, its route, the
ASGI application and the settings are in files of their own and change together or not at all."""
