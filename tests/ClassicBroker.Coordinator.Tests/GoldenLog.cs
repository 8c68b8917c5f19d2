using System.IO.Compression;
using System.Reflection;

namespace ClassicBroker.Coordinator.Tests;

/// <summary>Segments of <c>__consumer_offsets</c> and <c>__transaction_state</c> as Kafka 3.9.2 wrote them.</summary>
internal static class GoldenLog
{
    /// <summary>The end of the recordings of every state and error of a group.</summary>
    public const string Groups = "kafka-3.9-groups.log";

    /// <summary>Offsets that expired, and those that did not.</summary>
    public const string Retention = "kafka-3.9-retention.log";

    /// <summary>Every state and error of a transactional id.</summary>
    public const string Transactions = "kafka-3.9-transactions.log";

    public static byte[] Read(string name)
    {
        using var resource = new BrotliStream(
            Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
