using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Text.Json;

namespace ClassicBroker.Conformance.Tests.Recordings;

/// <summary>What a recorded cluster of three brokers left in ZooKeeper and on its disks after one step of its life. Immutable.</summary>
/// <param name="Name">Its number and what happened, as <c>06-0-restarted</c>.</param>
/// <param name="Znodes">By path.</param>
/// <param name="Epochs">By broker and partition: the entries of its <c>leader-epoch-checkpoint</c>, as <c>0 0;2 10</c>.</param>
/// <param name="Brokers">By id: which ran, and their files of offsets.</param>
internal sealed record RecordedStep(
    string Name,
    IReadOnlyDictionary<string, RecordedZnode> Znodes,
    IReadOnlyDictionary<(int Broker, string Partition), string> Epochs,
    IReadOnlyDictionary<int, RecordedOffsets> Brokers)
{
    public const string Life = "life-3.9";
    public const string OldLife = "life-2.2.2";

    public int Number => int.Parse(Name[..2], CultureInfo.InvariantCulture);

    /// <summary>The steps of a life: lines <c># name</c>, each before a line of JSON, compressed with Brotli.</summary>
    public static IReadOnlyList<RecordedStep> Read(string life)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Timed.{life}")!;
        using var reader = new StreamReader(new BrotliStream(resource, CompressionMode.Decompress));
        List<RecordedStep> steps = [];
        while (reader.ReadLine() is { } name)
        {
            using var json = JsonDocument.Parse(reader.ReadLine()!);
            steps.Add(new(
                name[2..],
                json.RootElement.GetProperty("zookeeper").EnumerateObject().ToDictionary(
                    znode => znode.Name,
                    znode => new RecordedZnode(znode.Value[0].GetString(), znode.Value[1].GetBoolean(), znode.Value[2].GetInt32()),
                    StringComparer.Ordinal),
                json.RootElement.GetProperty("epochs").EnumerateObject()
                    .SelectMany(broker => broker.Value.EnumerateObject().Select(
                        partition => (Broker: int.Parse(broker.Name, CultureInfo.InvariantCulture), Partition: partition.Name, Entries: partition.Value.GetString()!)))
                    .ToDictionary(entry => (entry.Broker, entry.Partition), entry => entry.Entries),
                json.RootElement.GetProperty("checkpoints").EnumerateObject().ToDictionary(
                    broker => int.Parse(broker.Name, CultureInfo.InvariantCulture), broker => RecordedOffsets.Of(broker.Value))));
        }

        return steps;
    }
}
