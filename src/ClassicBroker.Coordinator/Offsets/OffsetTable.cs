using System.Numerics;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Offsets;

/// <summary>
/// Offsets by partition, in little memory, because a coordinator holds millions: entries side by side, 56 bytes each with what they are
/// known by, and an index of four bytes a slot that is searched from the place of the hash on. The order of entries is that of their
/// coming, but for removals, which put the last one into the gap. Owned by a group or by a load. Threading: its owner's.
/// </summary>
internal sealed class OffsetTable
{
    private const int LeastEntries = 4;
    private const int LeastSlots = 8;

    /// <summary>2^32 by the golden ratio: spreads hashes that differ in their low bits alone, as those of partitions do.</summary>
    private const uint Spread = 2_654_435_769;

    private Entry[] _entries = [];

    /// <summary>The number of an entry and one; zero where a search ends. A power of two, and never full.</summary>
    private int[] _slots = [];

    public int Count { get; private set; }

    public bool TryGet(TopicPartition partition, out StoredOffset stored)
    {
        if (TryFind(partition, out var slot))
        {
            stored = _entries[_slots[slot] - 1].Stored;
            return true;
        }

        stored = default;
        return false;
    }

    /// <summary>Puts an offset in, in the place of what was there for the partition.</summary>
    public void Set(TopicPartition partition, in StoredOffset stored)
    {
        if (TryFind(partition, out var slot))
        {
            _entries[_slots[slot] - 1] = new Entry(partition, stored);
            return;
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(LeastEntries, Count + (Count >> 1)));
        }

        if (Count + 1 > _slots.Length - (_slots.Length >> 2))
        {
            Rebuild(Math.Max(LeastSlots, 2 * _slots.Length));
            TryFind(partition, out slot);
        }

        _entries[Count++] = new Entry(partition, stored);
        _slots[slot] = Count;
    }

    public bool Remove(TopicPartition partition)
    {
        if (!TryFind(partition, out var slot))
        {
            return false;
        }

        var removed = _slots[slot] - 1;
        Close(slot);
        Count--;
        if (removed != Count)
        {
            _slots[SlotOf(Count + 1, _entries[Count].Partition)] = removed + 1;
            _entries[removed] = _entries[Count];
        }

        _entries[Count] = default;
        return true;
    }

    /// <summary>The partitions as they are now.</summary>
    public TopicPartition[] Partitions()
    {
        var partitions = new TopicPartition[Count];
        for (var i = 0; i < partitions.Length; i++)
        {
            partitions[i] = _entries[i].Partition;
        }

        return partitions;
    }

    /// <summary>What lies at a place, which is below <see cref="Count"/>; the next change may move it.</summary>
    public void At(int place, out TopicPartition partition, out StoredOffset stored)
    {
        ref readonly var entry = ref _entries.AsSpan(0, Count)[place];
        (partition, stored) = (entry.Partition, entry.Stored);
    }

    /// <summary>The slot of a partition, or the one where it belongs. False with no slot where there are none yet.</summary>
    private bool TryFind(TopicPartition partition, out int slot)
    {
        slot = -1;
        if (_slots.Length == 0)
        {
            return false;
        }

        for (slot = HomeOf(partition); _slots[slot] != 0; slot = Next(slot))
        {
            if (_entries[_slots[slot] - 1].Is(partition))
            {
                return true;
            }
        }

        return false;
    }

    private int HomeOf(TopicPartition partition) =>
        (int)(unchecked((uint)partition.GetHashCode() * Spread) >> (32 - BitOperations.Log2((uint)_slots.Length)));

    private int Next(int slot) => (slot + 1) & (_slots.Length - 1);

    private int SlotOf(int number, TopicPartition partition)
    {
        var slot = HomeOf(partition);
        while (_slots[slot] != number)
        {
            slot = Next(slot);
        }

        return slot;
    }

    private void Rebuild(int slots)
    {
        _slots = new int[slots];
        for (var i = 0; i < Count; i++)
        {
            var slot = HomeOf(_entries[i].Partition);
            while (_slots[slot] != 0)
            {
                slot = Next(slot);
            }

            _slots[slot] = i + 1;
        }
    }

    /// <summary>Frees a slot, and moves up those behind it that a search would not find any more.</summary>
    private void Close(int free)
    {
        var mask = _slots.Length - 1;
        for (var slot = Next(free); _slots[slot] != 0; slot = Next(slot))
        {
            var home = HomeOf(_entries[_slots[slot] - 1].Partition);
            if (((slot - home) & mask) >= ((slot - free) & mask))
            {
                _slots[free] = _slots[slot];
                free = slot;
            }
        }

        _slots[free] = 0;
    }

    /// <summary>A partition and its offset, with the small fields beside each other.</summary>
    private readonly struct Entry(TopicPartition partition, in StoredOffset stored)
    {
        private readonly string _topic = partition.Topic;
        private readonly string _metadata = stored.Value.Metadata;
        private readonly long _offset = stored.Value.Offset;
        private readonly long _commitTimestampMs = stored.Value.CommitTimestampMs;
        private readonly long _expireTimestampMs = stored.Value.ExpireTimestampMs;
        private readonly long _batchOffset = stored.BatchOffset;
        private readonly int _partition = partition.Partition;
        private readonly int _leaderEpoch = stored.Value.LeaderEpoch;

        public TopicPartition Partition => new(_topic, _partition);

        public StoredOffset Stored =>
            new(new CommittedOffset(_offset, _leaderEpoch, _metadata, _commitTimestampMs, _expireTimestampMs), _batchOffset);

        public bool Is(TopicPartition partition) => _partition == partition.Partition && _topic == partition.Topic;
    }
}
