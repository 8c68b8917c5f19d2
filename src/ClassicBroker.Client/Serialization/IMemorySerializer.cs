namespace ClassicBroker.Client;

/// <summary>A serializer whose value is its own bytes, so that a producer copies them once, into the batch. Stateless.</summary>
internal interface IMemorySerializer<in T>
{
    ReadOnlySpan<byte> AsSpan(T value, out bool isNull);
}
