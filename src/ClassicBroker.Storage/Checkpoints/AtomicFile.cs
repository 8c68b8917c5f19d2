using System.Text;
using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// Small files that are replaced whole: written beside, synced, renamed over, and the directory synced, so that after a crash there is
/// the old content or the new. Stateless.
/// </summary>
internal static class AtomicFile
{
    public const string TemporarySuffix = ".tmp";

    public static void Write(IFileSystem files, string path, string content)
    {
        var temporary = path + TemporarySuffix;
        using (var file = files.Open(temporary, FileOpenMode.Truncate))
        {
            file.Write(Encoding.UTF8.GetBytes(content), 0);
            file.Sync();
        }

        files.Rename(temporary, path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>The whole content; null where there is no such file.</summary>
    public static string? Read(IFileSystem files, string path) =>
        files.FileExists(path) ? Encoding.UTF8.GetString(files.ReadAllBytes(path)) : null;
}
