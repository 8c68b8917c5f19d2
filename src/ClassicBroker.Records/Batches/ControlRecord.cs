using System.Buffers.Binary;

namespace ClassicBroker.Records;

/// <summary>The key of a control record (KIP-98).</summary>
/// <remarks>
/// <code>
/// 0  version  int16   0
/// 2  type     int16   0 abort, 1 commit
/// </code>
/// </remarks>
public static class ControlRecord
{
    public const int KeySize = 4;
    public const short CurrentKeyVersion = 0;

    public static ControlRecordType ParseType(NullableBytes key)
    {
        if (key.Length < KeySize)
        {
            throw new InvalidRecordException($"Invalid key size {key.Length} of a control record, which has at least {KeySize} bytes.");
        }

        var version = BinaryPrimitives.ReadInt16BigEndian(key.Span);
        if (version < 0)
        {
            throw new InvalidRecordException($"Invalid version {version} of a control record.");
        }

        return BinaryPrimitives.ReadInt16BigEndian(key.Span[2..]) switch
        {
            0 => ControlRecordType.Abort,
            1 => ControlRecordType.Commit,
            _ => ControlRecordType.Unknown,
        };
    }

    public static void WriteKey(Span<byte> destination, ControlRecordType type)
    {
        BinaryPrimitives.WriteInt16BigEndian(destination, CurrentKeyVersion);
        BinaryPrimitives.WriteInt16BigEndian(destination[2..], (short)type);
    }
}
