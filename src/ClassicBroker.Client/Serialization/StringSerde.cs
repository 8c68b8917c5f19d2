using System.Buffers;
using System.Text;

namespace ClassicBroker.Client;

/// <summary>UTF-8; null stays null. Stateless.</summary>
public sealed class StringSerde : ISerializer<string?>, IDeserializer<string?>
{
    /// <inheritdoc/>
    public bool Serialize(string? value, IBufferWriter<byte> destination)
    {
        if (value is null)
        {
            return false;
        }

        Encoding.UTF8.GetBytes(value, destination);
        return true;
    }

    /// <inheritdoc/>
    public string? Deserialize(ReadOnlySpan<byte> data, bool isNull) => isNull ? null : Encoding.UTF8.GetString(data);
}
