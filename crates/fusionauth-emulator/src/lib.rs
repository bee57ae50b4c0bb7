//! FusionAuth for development and tests: native login, refresh and logout, started from kickstart.json.
