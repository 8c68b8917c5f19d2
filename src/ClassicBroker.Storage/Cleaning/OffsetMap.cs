using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace ClassicBroker.Storage;

/// <summary>
/// The last offset of each key in the dirty section of a log (Kafka's SkimpyOffsetMap): open addressing over hashes, 20 bytes a slot. Keys
/// themselves are not kept; two keys whose 96 bits are equal count as one. The seed is a secret of the cleaner, so that such keys cannot
/// be made on purpose. Owned by one cleaner. Threading: one thread at a time.
/// </summary>
internal sealed class OffsetMap
{
    public const int SlotSize = 20;

    private const int LeastSlots = 1024;

    private readonly long _seed;
    private readonly double _loadFactor;
    private Slot[] _slots = [];
    private int _used;

    /// <param name="memoryBytes">What the map may grow to.</param>
    /// <param name="loadFactor">The part of the slots that may be taken.</param>
    /// <param name="seed">Of the hash.</param>
    public OffsetMap(long memoryBytes, double loadFactor, long seed)
    {
        SlotsMax = (int)Math.Clamp(memoryBytes / SlotSize, 1, Array.MaxLength);
        (_loadFactor, _seed) = (loadFactor, seed);
    }

    /// <summary>Slots there are when the memory is used up.</summary>
    public int SlotsMax { get; }

    /// <summary>Keys in the map.</summary>
    public int Count { get; private set; }

    /// <summary>No further key may be added. One slot stays free whatever the load factor, where searches end.</summary>
    public bool IsFull => Count >= Math.Min((int)(_used * _loadFactor), _used - 1);

    /// <summary>The map speaks for every record at or below it; -1 while it speaks for none.</summary>
    public long LatestOffset { get; private set; } = -1;

    /// <summary>The part of the memory's slots that is taken.</summary>
    public double Utilization => (double)Count / SlotsMax;

    /// <summary>Empties the map and gives it slots for as many keys as a section of <paramref name="sectionBytes"/> may hold.</summary>
    public void Clear(long sectionBytes)
    {
        _used = (int)Math.Min(SlotsMax, Math.Max(LeastSlots, sectionBytes / 4));
        if (_slots.Length < _used)
        {
            _slots = new Slot[_used];
        }
        else
        {
            _slots.AsSpan(0, _used).Clear();
        }

        (Count, LatestOffset) = (0, -1);
    }

    /// <summary>Notes the offset of a key's newest record; offsets come in ascending order.</summary>
    public void Put(ReadOnlySpan<byte> key, long offset)
    {
        ref var slot = ref Find(key, out var hash, out var hashLow);
        Count += slot.OffsetPlusOne == 0 ? 1 : 0;
        slot = new() { Hash = hash, HashLow = hashLow, OffsetPlusOne = offset + 1 };
    }

    /// <summary>The offset of the key's newest record; -1 where the map does not hold the key.</summary>
    public long Get(ReadOnlySpan<byte> key) => Find(key, out _, out _).OffsetPlusOne - 1;

    /// <summary>The map speaks for every record up to <paramref name="offset"/> now.</summary>
    public void AdvanceLatestOffset(long offset) => LatestOffset = Math.Max(LatestOffset, offset);

    /// <summary>The key's slot, or the free one where it belongs. There is always a free one.</summary>
    private ref Slot Find(ReadOnlySpan<byte> key, out ulong hash, out uint hashLow)
    {
        var full = XxHash128.HashToUInt128(key, _seed);
        (hash, hashLow) = ((ulong)(full >> 64), (uint)full);
        var index = (int)Math.BigMul(hash, (ulong)_used, out _);
        while (true)
        {
            ref var slot = ref _slots[index];
            if (slot.OffsetPlusOne == 0 || (slot.Hash == hash && slot.HashLow == hashLow))
            {
                return ref slot;
            }

            index = index + 1 == _used ? 0 : index + 1;
        }
    }

    /// <summary>One key: the hash it is known by, and its offset; 0 where the slot is free.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Slot
    {
        public ulong Hash;
        public long OffsetPlusOne;
        public uint HashLow;
    }
}
