namespace ClassicBroker.Records;

/// <summary>The attribute bits of a v2 batch; the low four mean the same in formats 0 and 1.</summary>
public static class RecordBatchAttributes
{
    public const short CodecMask = 0x07;
    public const short LogAppendTime = 0x08;
    public const short Transactional = 0x10;
    public const short Control = 0x20;
    public const short DeleteHorizon = 0x40;
}
