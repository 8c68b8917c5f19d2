namespace ClassicBroker.Metadata.Znodes;

/// <summary><c>/latest_producer_id_block</c>: the last block of producer ids handed out. Null until the first.</summary>
public static class ProducerIdBlockZnode
{
    public const string Path = "/latest_producer_id_block";

    public static byte[] Encode(ProducerIdBlock block) =>
        ZnodeWriter.Object(1, json =>
        {
            json.WriteNumber("broker", block.BrokerId);
            json.WriteLongText("block_start", block.FirstId);
            json.WriteLongText("block_end", block.LastId);
        });

    /// <summary>Null where no block was handed out yet.</summary>
    public static ProducerIdBlock? Decode(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return null;
        }

        var json = ZnodeReader.Parse(Path, data);
        var (first, last) = (json.Long("block_start"), json.Long("block_end"));
        return first >= 0 && last >= first
            ? new(json.Int("broker"), first, last)
            : throw json.Wrong("block_end", "the end of a block");
    }
}
