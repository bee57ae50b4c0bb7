use crate::Actor;

/// Where records go. Cloning shares the file.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    file: Option<std::path::PathBuf>,
}

impl Recorder {
    /// Records nothing: what a server uses unless it was asked.
    pub fn off() -> Self {
        Self::default()
    }
}

/// Placeholder until the layer lands.
#[derive(Clone, Debug)]
pub struct RecorderLayer {
    /// The recorder.
    pub recorder: Recorder,
    /// Who is asked.
    pub actor: Actor,
}
