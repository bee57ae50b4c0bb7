//! The treatment of members of a body that are unknown or have no effect.

/// How to treat members of a request or of a kickstart file that the emulator does not know. A kickstart file is written for one version of
/// FusionAuth, which has members that other versions lack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownMembers {
    /// The emulator ignores them, and names them in the log.
    #[default]
    Ignore,
    /// The emulator refuses the request or the file, so that a test finds misspelt members.
    Refuse,
    /// Like [`Refuse`](Self::Refuse), and the emulator also refuses members that it would store without any effect, so that no test
    /// relies on them. This is the flag `--strict`.
    RefuseWithoutEffect,
}
