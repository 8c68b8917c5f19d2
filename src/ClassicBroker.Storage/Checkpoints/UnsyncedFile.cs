using System.Text;
using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// A small file of a partition that is replaced whole and made durable later, before the first sync that promises something for which it is
/// needed. Until then a power cut may leave the old file, the new one, or one that its format tells to be broken.
/// Threading: safe from any thread; one writes at a time.
/// </summary>
internal sealed class UnsyncedFile(PartitionDirectory directory, string name)
{
    private int _changes;
    private int _changesSynced;

    public string Path => directory.File(name);

    public void Write(string content)
    {
        var temporary = name + AtomicFile.TemporarySuffix;
        using (var file = directory.Open(temporary, FileOpenMode.Truncate))
        {
            file.Write(Encoding.UTF8.GetBytes(content), 0);
        }

        directory.Files.Rename(directory.File(temporary), Path);
        Interlocked.Increment(ref _changes);
    }

    /// <summary>
    /// Writes what is there once more, so that the next sync makes it durable: the process that wrote it may have ended before that.
    /// </summary>
    public void WriteAgain()
    {
        if (!directory.Files.FileExists(Path))
        {
            return;
        }

        var content = directory.Files.ReadAllBytes(Path);
        using var file = directory.Open(name, FileOpenMode.Existing);
        file.Write(content, 0);
        Interlocked.Increment(ref _changes);
    }

    /// <summary>Makes the content durable; false where it was. Its name is durable once the directory has been synced after that.</summary>
    public bool Sync()
    {
        var changes = Volatile.Read(ref _changes);
        if (changes == Volatile.Read(ref _changesSynced))
        {
            return false;
        }

        using (var file = directory.Open(name, FileOpenMode.Existing))
        {
            file.Sync();
        }

        Volatile.Write(ref _changesSynced, changes);
        return true;
    }
}
