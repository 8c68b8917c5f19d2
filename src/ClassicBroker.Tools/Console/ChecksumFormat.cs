using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Console;

/// <summary>
/// Shows a checksum in place of a record (ChecksumMessageFormatter of Kafka up to 2.x): the one clients make up of timestamp and sizes,
/// since records have none of their own from format 2 on. Stateless.
/// </summary>
/// <remarks>
/// <code>
/// 0   timestamp  int64
/// 8   keySize    int32   -1 for null
/// 12  valueSize  int32   -1 for null
/// </code>
/// </remarks>
internal sealed class ChecksumFormat(string? topic) : IRecordFormat
{
    private const int KeySizeOffset = 8;
    private const int ValueSizeOffset = 12;
    private const int Size = 16;

    private readonly string _prefix = topic is null ? "" : topic + ":";

    public void Write(in ConsumerRecord<byte[]?, byte[]?> record, Stream output)
    {
        Span<byte> summary = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(summary, record.TimestampMs);
        BinaryPrimitives.WriteInt32BigEndian(summary[KeySizeOffset..], record.Key?.Length ?? -1);
        BinaryPrimitives.WriteInt32BigEndian(summary[ValueSizeOffset..], record.Value?.Length ?? -1);
        var checksum = Crc32C.Compute(summary).ToString(CultureInfo.InvariantCulture);
        output.Write(Encoding.UTF8.GetBytes($"{_prefix}checksum:{checksum}\n"));
    }
}
