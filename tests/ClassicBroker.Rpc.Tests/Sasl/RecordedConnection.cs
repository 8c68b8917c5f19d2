using System.IO.Compression;
using System.Text.Json;
using Xunit.Sdk;

namespace ClassicBroker.Rpc.Tests.Sasl;

/// <summary>One connection to a SASL listener of Kafka 3.9.2, step by step, as it was recorded.</summary>
public sealed class RecordedConnection : IXunitSerializable
{
    private static readonly Lazy<JsonElement[]> Recording = new(Read);

    private int _index;

    /// <summary>For the test runner.</summary>
    public RecordedConnection()
    {
    }

    private RecordedConnection(int index) => _index = index;

    public static IEnumerable<RecordedConnection> All => Enumerable.Range(0, Recording.Value.Length).Select(index => new RecordedConnection(index));

    public string Name => Recording.Value[_index].GetProperty("name").GetString()!;

    /// <summary>What was special about the listener.</summary>
    public string About => Recording.Value[_index].GetProperty("about").GetString()!;

    internal JsonElement[] Steps => [.. Recording.Value[_index].GetProperty("steps").EnumerateArray()];

    public void Deserialize(IXunitSerializationInfo info) => _index = info.GetValue<int>("index");

    public void Serialize(IXunitSerializationInfo info) => info.AddValue("index", _index);

    public override string ToString() => About.Length == 0 ? Name : $"{Name} ({About})";

    private static JsonElement[] Read()
    {
        using var resource = typeof(RecordedConnection).Assembly.GetManifestResourceStream("connections.json.gz")!;
        using var unzipped = new GZipStream(resource, CompressionMode.Decompress);
        return [.. JsonDocument.Parse(unzipped).RootElement.EnumerateArray()];
    }
}
