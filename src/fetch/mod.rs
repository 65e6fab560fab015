//! The only code that opens outgoing sockets: one client with manners, limits and an address guard.
