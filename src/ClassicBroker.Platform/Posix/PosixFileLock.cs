namespace ClassicBroker.Platform;

/// <summary>
/// An exclusive lock on an open file. It conflicts with the record locks a Java process takes, and, unlike those, with a second one of
/// this process. Closing the file releases it.
/// </summary>
internal sealed class PosixFileLock(PosixFile file) : IDisposable
{
    public void Dispose() => file.Dispose();
}
