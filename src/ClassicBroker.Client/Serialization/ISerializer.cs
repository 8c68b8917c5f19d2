using System.Buffers;

namespace ClassicBroker.Client;

/// <summary>Turns keys or values into bytes. Called from any thread; an implementation keeps no state between calls.</summary>
/// <typeparam name="T">What it turns into bytes.</typeparam>
public interface ISerializer<in T>
{
    /// <summary>
    /// Writes <paramref name="value"/>. A null value never gets here unless the type allows it; false says that there are to be no
    /// bytes at all, a null key or a tombstone. What it throws comes out of the producer's call.
    /// </summary>
    bool Serialize(T value, IBufferWriter<byte> destination);
}
