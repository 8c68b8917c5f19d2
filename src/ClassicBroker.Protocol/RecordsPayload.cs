using System.Diagnostics.CodeAnalysis;
using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>
/// The <c>records</c> of a message: null, a slice of memory that is written in place, or an external payload (a file region, a buffer)
/// that the transport puts between the bytes around it. A slice that was read stays in the receive buffer: it is writable, and valid
/// only as long as that buffer is.
/// </summary>
public readonly struct RecordsPayload : IEquatable<RecordsPayload>
{
    private readonly Memory<byte> _memory;
    private readonly IPayload? _external;
    private readonly bool _isPresent;

    public RecordsPayload(Memory<byte> memory)
    {
        _memory = memory;
        _isPresent = true;
    }

    public RecordsPayload(IPayload external)
    {
        _external = external;
        _isPresent = true;
    }

    public static RecordsPayload Null => default;

    public static RecordsPayload Empty => new(Memory<byte>.Empty);

    public bool IsNull => !_isPresent;

    /// <summary>Bytes of the records, wherever they are; 0 for null.</summary>
    public int Length => _external?.Length ?? _memory.Length;

    /// <summary>Set where the bytes are not in <see cref="Memory"/>.</summary>
    public IPayload? External => _external;

    /// <summary>The bytes, where they are in memory.</summary>
    /// <exception cref="InvalidOperationException">They are external.</exception>
    public Memory<byte> Memory => _external is null ? _memory : throw new InvalidOperationException("these records are external");

    public static implicit operator RecordsPayload(Memory<byte> memory) => new(memory);

    public static implicit operator RecordsPayload(byte[] memory) => new(memory);

    public static bool operator ==(RecordsPayload left, RecordsPayload right) => left.Equals(right);

    public static bool operator !=(RecordsPayload left, RecordsPayload right) => !left.Equals(right);

    /// <summary>The same bytes in the same place, not equal contents.</summary>
    public bool Equals(RecordsPayload other) =>
        _isPresent == other._isPresent && ReferenceEquals(_external, other._external) && _memory.Equals(other._memory);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is RecordsPayload other && Equals(other);

    public override int GetHashCode() => _memory.GetHashCode();
}
