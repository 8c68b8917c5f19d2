using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>
/// What <c>--cluster-metadata-decoder</c> and <c>--remote-log-metadata-decoder</c> print. Those records exist with KRaft and with tiered
/// storage only, so that a broker with ZooKeeper has none: the frame is checked as Kafka checks it, and what it holds is not decoded.
/// Stateless.
/// </summary>
/// <param name="place">How the decoder's error names the offset.</param>
internal sealed class MetadataRecordDecoder(string place) : IRecordDecoder
{
    private const uint FrameVersion = 1;

    public (string? Key, string? Payload) Decode(in Record record) => (null, $"Error {place} {record.Offset}, skipping. {Reason(record)}");

    private static string Reason(in Record record)
    {
        try
        {
            var reader = new SpanReader(record.Value.Span);
            var version = reader.ReadUnsignedVarint();
            return version == FrameVersion
                ? "Metadata records of KRaft and of tiered storage are not decoded"
                : $"Could not deserialize metadata record due to unknown frame version {version}"
                    + $"(only frame version {FrameVersion} is supported)";
        }
        catch (MalformedDataException malformed)
        {
            return malformed.Message;
        }
    }
}
