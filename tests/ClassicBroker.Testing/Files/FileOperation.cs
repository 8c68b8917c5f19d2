namespace ClassicBroker.Testing.Files;

/// <summary>Kinds of operation a <see cref="SimulatedFileSystem"/> can be told to fail.</summary>
public enum FileOperation
{
    Open,
    Read,
    Write,
    SetLength,
    Preallocate,
    Sync,
    CreateDirectory,
    Rename,
    Delete,
    SyncDirectory,
}
