namespace ClassicBroker.Testing.Files;

/// <summary>A lock held on a path of a <see cref="SimulatedFileSystem"/> until disposed or until its process ends.</summary>
internal sealed class SimulatedLock(SimulatedFileSystem system, string key, int boot) : IDisposable
{
    public void Dispose() => system.Unlock(key, boot);
}
