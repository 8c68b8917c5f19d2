using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// Where the files of one log lie. The path changes when the log is marked for deletion or takes the place of another, and files opened
/// later are looked for in the new place. Threading: any thread reads; only the log's lock holder renames.
/// </summary>
internal sealed class PartitionDirectory(IFileSystem files, string path)
{
    private volatile string _path = path;

    public IFileSystem Files { get; } = files;

    public string Path => _path;

    public string Parent => System.IO.Path.GetDirectoryName(_path)!;

    public string File(string name) => System.IO.Path.Join(_path, name);

    public void Rename(string newPath)
    {
        if (newPath != _path)
        {
            Files.Rename(_path, newPath);
            _path = newPath;
            Files.SyncDirectory(Parent);
        }
    }
}
