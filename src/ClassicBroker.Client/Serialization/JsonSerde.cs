using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ClassicBroker.Client;

/// <summary>
/// JSON in UTF-8, by what the source generator of <c>System.Text.Json</c> knows of the type, so that nothing is looked up by reflection;
/// null stays null. Stateless.
/// </summary>
/// <param name="type">How the type is written and read, of an application's <c>JsonSerializerContext</c>.</param>
public sealed class JsonSerde<T>(JsonTypeInfo<T> type) : ISerializer<T?>, IDeserializer<T?>
{
    /// <inheritdoc/>
    public bool Serialize(T? value, IBufferWriter<byte> destination)
    {
        if (value is null)
        {
            return false;
        }

        using var writer = new Utf8JsonWriter(destination);
        JsonSerializer.Serialize(writer, value, type);
        return true;
    }

    /// <inheritdoc/>
    public T? Deserialize(ReadOnlySpan<byte> data, bool isNull) => isNull ? default : JsonSerializer.Deserialize(data, type);
}
