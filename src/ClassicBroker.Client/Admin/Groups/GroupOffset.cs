namespace ClassicBroker.Client;

/// <summary>An offset a group committed.</summary>
/// <param name="Offset">Of the next record the group is to read.</param>
/// <param name="LeaderEpoch">The epoch of the last record read; -1 where it is not known.</param>
/// <param name="Metadata">What the committer wrote beside it.</param>
public readonly record struct GroupOffset(long Offset, int LeaderEpoch, string Metadata);
