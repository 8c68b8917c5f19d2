using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// Logs with transactions of Kafka 2.2.2 and 3.9.2, Kafka's dumps of them, and what its console consumer read of cleaned topics at both
/// isolation levels. Unpacked once for all tests of a class.
/// </summary>
public sealed class GoldenTransactions : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public GoldenTransactions() => GoldenArchive.Unpack("kafka-transactions.tar.gz", _scratch.Path);

    public static string[] Versions { get; } = ["2.2.2", "3.9"];

    public void Dispose() => _scratch.Dispose();

    /// <summary>What the console consumer printed of a topic; null where it was not asked.</summary>
    public string[]? Read(string version, string topic, bool isCommitted)
    {
        var file = Path.Join(_scratch.Path, version, "reads", $"{topic}-read_{(isCommitted ? "committed" : "uncommitted")}.txt");
        return File.Exists(file) ? File.ReadAllText(file).Split('\n', StringSplitOptions.RemoveEmptyEntries) : null;
    }

    /// <summary>Each broker's log directory.</summary>
    public IEnumerable<string> Brokers(string version) =>
        ((string[])["broker0", "broker1"]).Select(broker => Path.Join(_scratch.Path, version, broker));

    /// <summary>What kafka-dump-log printed of a log of a broker.</summary>
    public static string[] Dump(string brokerPath, string log) => File.ReadAllLines(Path.Join($"{brokerPath}-dumps", $"{log}.txt"));
}
