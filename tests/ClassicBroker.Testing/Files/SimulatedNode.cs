namespace ClassicBroker.Testing.Files;

/// <summary>
/// What a name of a <see cref="SimulatedFileSystem"/> stands for: a file or a directory. Guarded by the file system's lock.
/// </summary>
internal abstract class SimulatedNode
{
    public long LastWriteMs { get; set; }
}
