using System.Buffers;
using System.Buffers.Text;

namespace ClassicBroker.Client;

/// <summary>The 36 characters Java's UUID prints, in UTF-8. Stateless.</summary>
public sealed class GuidSerde : ISerializer<Guid>, IDeserializer<Guid>
{
    private const int TextLength = 36;

    /// <inheritdoc/>
    public bool Serialize(Guid value, IBufferWriter<byte> destination)
    {
        Utf8Formatter.TryFormat(value, destination.GetSpan(TextLength), out var written);
        destination.Advance(written);
        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="KafkaException">The data is no UUID.</exception>
    public Guid Deserialize(ReadOnlySpan<byte> data, bool isNull) =>
        Utf8Parser.TryParse(data, out Guid value, out var consumed) && consumed == data.Length
            ? value
            : throw new KafkaException("The record holds no UUID");
}
