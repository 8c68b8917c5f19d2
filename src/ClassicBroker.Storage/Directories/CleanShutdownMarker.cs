using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// <c>.kafka_cleanshutdown</c>: the logs of the directory were closed in order. Deleted as soon as it has been read, so that a crash while
/// loading does not look like an orderly end. Only its presence counts; the content is for newer brokers.
/// </summary>
internal sealed class CleanShutdownMarker(IFileSystem files, string directory)
{
    public const string FileName = ".kafka_cleanshutdown";

    private const string Content = """{"version":0,"brokerEpoch":-1}""";

    private readonly string _path = Path.Join(directory, FileName);

    /// <summary>Was the directory closed in order? Asked once; the marker is gone afterwards.</summary>
    public bool Take()
    {
        if (!files.FileExists(_path))
        {
            return false;
        }

        files.DeleteFile(_path);
        files.SyncDirectory(directory);
        return true;
    }

    public void Write() => AtomicFile.Write(files, _path, Content);
}
