//! The treatment of unknown members of a body.

/// How to treat members of a request or of a kickstart file that the emulator does not know. A kickstart file is written for one version of
/// FusionAuth, which has members that other versions lack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownMembers {
    /// The emulator ignores them, and names them in the log.
    #[default]
    Ignore,
    /// The emulator refuses the request or the file, so that a test finds misspelt members.
    Refuse,
}
