using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// Log directories as interrupted cleanings, crashes and damage leave them, one topic a case, and what a start of Kafka 3.9.2 made of them:
/// after a crash and after an orderly stop. Ours makes the same of each but where <see cref="Meant"/> says otherwise.
/// </summary>
public sealed class PlantedDirectoryTests : IDisposable
{
    private const string Clean = "started-after-clean-stop";
    private const string Crash = "started-after-crash";

    private readonly PosixDisk _disk = new();

    public PlantedDirectoryTests()
    {
        using var packed = new GZipStream(
            File.OpenRead(Path.Join(AppContext.BaseDirectory, "Golden", "kafka-3.9-crash", "crash.tar.gz")), CompressionMode.Decompress);
        TarFile.ExtractToDirectory(packed, _disk.Root, overwriteFiles: false);
    }

    private string Planted => Path.Join(_disk.Root, "planted");

    public void Dispose() => _disk.Dispose();

    [Theory]
    [InlineData(Crash)]
    [InlineData(Clean)]
    public void Every_log_loads_to_the_files_that_kafka_makes_of_it(string start)
    {
        var store = Start(start);
        var differences = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (directory, expected) in ExpectedFiles(start))
        {
            var actual = FilesOf(directory);
            var different = expected.Keys.Union(actual.Keys).Order(StringComparer.Ordinal)
                .Where(name => expected.GetValueOrDefault(name, -1) != actual.GetValueOrDefault(name, -1))
                .Select(name => $"{name} {Size(expected, name)}>{Size(actual, name)}");
            if (string.Join(", ", different) is { Length: > 0 } text)
            {
                differences[directory] = text;
            }
        }

        Assert.All(store.Directories, directory => Assert.True(directory.IsOnline));
        if (!Lines(Meant[start]).SequenceEqual(Lines(differences)))
        {
            Assert.Fail($"These are the differences:\n{string.Join('\n', Lines(differences))}");
        }
    }

    [Theory]
    [InlineData(Crash, "01", "swap-cut 96, swap-cut-alone 96")]
    [InlineData(Clean, "02", "")]
    public void Every_log_ends_where_kafkas_does(string start, string transcript, string meant)
    {
        var store = Start(start);
        var differences = new List<string>();
        foreach (var line in File.ReadLines(Path.Join(_disk.Root, "cli", $"{transcript}-{start}-latest.txt")).Where(line => line.Contains(":0:")))
        {
            var parts = line.Split(':');
            var log = store.Find(new TopicPartition(parts[0], 0))!;
            if (log.LogEndOffset != long.Parse(parts[2]))
            {
                differences.Add($"{parts[0]} {log.LogEndOffset}");
            }
        }

        Assert.Equal(meant, string.Join(", ", differences));
    }

    /// <summary>A case in which nothing of the log itself is damaged.</summary>
    private const string Intact = "bad-snapshot-0";

    /// <summary>
    /// Where Kafka believes the cut output of a cleaning, and after a crash drops all that follows it, ours goes back to the segments it was
    /// made of.
    /// </summary>
    private static readonly string[] MeantToBeIntact = ["swap-cut-0", "swap-cut-alone-0"];

    /// <summary>What is different from Kafka on purpose, by directory: the file, its size there and here.</summary>
    private static readonly Dictionary<string, SortedDictionary<string, string>> Meant = new()
    {
        [Crash] = new(StringComparer.Ordinal),

        // Indexes that are missing or of odd length are made again, and a partial batch at the end is cut off, as after a crash. What has to be
        // read for that loses the older of its producer snapshots.
        [Clean] = new(StringComparer.Ordinal)
        {
            ["no-timeindex-0"] = "00000000000000000018.timeindex 0>24, 00000000000000000054.snapshot 56>-",
            ["odd-index-0"] = "00000000000000000018.index 19>16, 00000000000000000036.timeindex 27>24",
            ["swap-log-only-0"] =
                "00000000000000000000.index 4096>0, 00000000000000000000.timeindex 0>12, 00000000000000000036.snapshot 56>-, "
                + "00000000000000000054.snapshot 56>-",
            ["tail-cut-0"] = "00000000000000000090.log 254>0",
        },
    };

    private static string[] Lines(SortedDictionary<string, string> differences) =>
        [.. differences.Select(difference => $"{difference.Key}: {difference.Value}")];

    private static string Size(IReadOnlyDictionary<string, long> files, string name) =>
        files.TryGetValue(name, out var size) ? $"{size}" : "-";

    private LogStore Start(string start)
    {
        if (start == Crash)
        {
            File.Delete(Path.Join(Planted, ".kafka_cleanshutdown"));
            File.WriteAllText(Path.Join(Planted, "recovery-point-offset-checkpoint"), "0\n0\n");
        }

        return _disk.Open(
            topic => new LogConfig
            {
                SegmentIndexBytes = 4096,
                IndexIntervalBytes = topic == "unknown-topic" ? 512 : 256,
                CleanupPolicy = CleanupPolicy.Compact,
                FileDeleteDelayMs = 3_600_000,
            },
            Planted);
    }

    /// <summary>
    /// The files while the broker ran, of all logs in use. Ours leaves <c>-stray</c> directories alone and those marked for deletion as they
    /// are until their time has come.
    /// </summary>
    private IEnumerable<(string Directory, SortedDictionary<string, long> Files)> ExpectedFiles(string start)
    {
        using var recorded = JsonDocument.Parse(File.ReadAllText(Path.Join(_disk.Root, $"{start}.json")));
        var running = recorded.RootElement.GetProperty("running");
        foreach (var name in running.EnumerateObject().Select(directory => directory.Name).Where(name => !name.Contains('.')))
        {
            var files = running.GetProperty(MeantToBeIntact.Contains(name) ? Intact : name).EnumerateObject();
            yield return (name, new(files.ToDictionary(file => file.Name, file => file.Value.GetInt64()), StringComparer.Ordinal));
        }
    }

    private SortedDictionary<string, long> FilesOf(string directory) => new(
        new DirectoryInfo(Path.Join(Planted, directory)).EnumerateFiles().ToDictionary(file => file.Name, file => file.Length),
        StringComparer.Ordinal);
}
