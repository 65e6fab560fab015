//! The one integration binary; each module names what it proves.

#[cfg(test)]
mod published;
