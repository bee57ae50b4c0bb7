//! The treatment of unknown members of a body.

/// How to treat members of a request or of a kickstart file that the emulator does not know. A kickstart file is written for one version of
/// FusionAuth, which has members that other versions lack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownMembers {
    /// They are ignored, and named in the log.
    #[default]
    Ignore,
    /// They are refused, for tests that want to find misspelt members.
    Refuse,
}
