using System.Text.Json.Serialization.Metadata;

namespace ClassicBroker.Client;

/// <summary>The serializers and deserializers every Kafka client has, in the byte formats of the Java ones. Stateless.</summary>
public static class Serdes
{
    /// <summary>Bytes as they are; null stays null.</summary>
    public static readonly ByteArraySerde ByteArray = new();

    /// <summary>Bytes as they are, without a copy on the way out; never null.</summary>
    public static readonly MemorySerde Memory = new();

    /// <summary>UTF-8; null stays null.</summary>
    public static readonly StringSerde String = new();

    /// <summary>Four bytes, big-endian.</summary>
    public static readonly Int32Serde Int32 = new();

    /// <summary>Eight bytes, big-endian.</summary>
    public static readonly Int64Serde Int64 = new();

    /// <summary>Eight bytes of IEEE 754, big-endian.</summary>
    public static readonly DoubleSerde Double = new();

    /// <summary>The 36 characters Java's UUID prints.</summary>
    public static readonly GuidSerde Guid = new();

    /// <summary>No bytes, whatever the value; for topics without keys.</summary>
    public static readonly NullSerde Null = new();

    /// <summary>JSON, by what the source generator of <c>System.Text.Json</c> knows of the type; null stays null.</summary>
    /// <param name="type">Of an application's <c>JsonSerializerContext</c>.</param>
    public static JsonSerde<T> Json<T>(JsonTypeInfo<T> type) => new(type);
}
