namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/controller</c>, ephemeral: the broker that is the controller. Version 2 adds the epoch of a KRaft controller that would take
/// over (KIP-866), which here is always -1.
/// </summary>
public static class ControllerZnode
{
    public const string Path = "/controller";

    private const int NoKRaftEpoch = -1;

    public static byte[] Encode(int brokerId, long timestampMs, MetadataVersion interBrokerProtocol)
    {
        var withKRaftEpoch = interBrokerProtocol.SupportsControllerZnodeV2();
        return ZnodeWriter.Object(withKRaftEpoch ? 2 : 1, json =>
        {
            json.WriteNumber("brokerid", brokerId);
            json.WriteLongText("timestamp", timestampMs);
            if (withKRaftEpoch)
            {
                json.WriteNumber("kraftControllerEpoch", NoKRaftEpoch);
            }
        });
    }

    /// <summary>The id of the controller.</summary>
    public static int Decode(ReadOnlySpan<byte> data) => ZnodeReader.Parse(Path, data).Int("brokerid");
}
