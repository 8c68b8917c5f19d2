namespace ClassicBroker.Client;

/// <summary>Turns bytes into keys or values. Called from any thread; an implementation keeps no state between calls.</summary>
/// <typeparam name="T">What it makes of bytes.</typeparam>
public interface IDeserializer<out T>
{
    /// <summary>
    /// Reads <paramref name="data"/>, which is valid during the call only. <paramref name="isNull"/> tells a null from an empty one.
    /// </summary>
    /// <exception cref="Exception">
    /// The data is not what it reads; the consumer's poll throws a <see cref="RecordDeserializationException"/> with this as its cause.
    /// </exception>
    T Deserialize(ReadOnlySpan<byte> data, bool isNull);
}
