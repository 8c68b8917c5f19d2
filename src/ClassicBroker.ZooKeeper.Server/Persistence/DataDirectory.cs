using System.Globalization;
using ClassicBroker.Platform;

namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>
/// Names of the files under <c>version-2</c>, which are Apache ZooKeeper's: <c>log.&lt;zxid&gt;</c> holds transactions from that zxid on,
/// <c>snapshot.&lt;zxid&gt;</c> the tree as of that zxid, both in hexadecimal.
/// </summary>
internal sealed class DataDirectory(IFileSystem files, string dataDir, string logDir)
{
    private const string Version = "version-2";
    private const string LogPrefix = "log.";
    private const string SnapshotPrefix = "snapshot.";
    private const string UnfinishedSuffix = ".tmp";

    public string SnapshotDirectory { get; } = Path.Combine(dataDir, Version);

    public string LogDirectory { get; } = Path.Combine(logDir, Version);

    /// <summary>Two servers on one directory would destroy each other's log.</summary>
    public string LockPath => Path.Combine(SnapshotDirectory, ".lock");

    /// <summary>Makes the directories and removes what a crash left unfinished.</summary>
    public void Prepare()
    {
        Create(SnapshotDirectory);
        Create(LogDirectory);
        foreach (var entry in files.List(SnapshotDirectory))
        {
            if (entry.Name.StartsWith(SnapshotPrefix, StringComparison.Ordinal)
                && entry.Name.EndsWith(UnfinishedSuffix, StringComparison.Ordinal))
            {
                files.DeleteFile(Path.Combine(SnapshotDirectory, entry.Name));
            }
        }
    }

    public string LogPath(long zxid) => Path.Combine(LogDirectory, LogPrefix + Hex(zxid));

    public string SnapshotPath(long zxid) => Path.Combine(SnapshotDirectory, SnapshotPrefix + Hex(zxid));

    public string UnfinishedSnapshotPath(long zxid) => SnapshotPath(zxid) + UnfinishedSuffix;

    /// <summary>First zxids of the logs, ascending.</summary>
    public IReadOnlyList<long> Logs() => List(LogDirectory, LogPrefix);

    /// <summary>Zxids of the snapshots, ascending.</summary>
    public IReadOnlyList<long> Snapshots() => List(SnapshotDirectory, SnapshotPrefix);

    private static string Hex(long zxid) => zxid.ToString("x", CultureInfo.InvariantCulture);

    private void Create(string path)
    {
        if (files.DirectoryExists(path))
        {
            return;
        }

        // A directory lasts only once the one that names it has been synced, so each missing one is made and synced by itself.
        var parent = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Create(parent);
        files.CreateDirectory(path);
        files.SyncDirectory(parent);
    }

    private List<long> List(string directory, string prefix)
    {
        var zxids = new List<long>();
        foreach (var entry in files.List(directory))
        {
            if (entry.Name.StartsWith(prefix, StringComparison.Ordinal)
                && long.TryParse(
                    entry.Name.AsSpan(prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var zxid))
            {
                zxids.Add(zxid);
            }
        }

        zxids.Sort();
        return zxids;
    }
}
