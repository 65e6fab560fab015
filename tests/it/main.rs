//! The one integration binary; each module names what it proves.

mod platforms;
