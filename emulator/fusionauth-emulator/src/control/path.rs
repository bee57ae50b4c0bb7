//! Which paths are the emulator's own.

/// Whether FusionAuth lacks this path.
pub(super) fn is_control_path(path: &str) -> bool {
    path == "/" || path.starts_with("/emulator/")
}
