namespace ClassicBroker.Records;

/// <summary>One append as the leader sees it.</summary>
/// <param name="Origin">Who wants it.</param>
/// <param name="NextOffset">The log end offset: what the first record gets.</param>
/// <param name="LeaderEpoch">The leader's epoch, written into v2 batches.</param>
/// <param name="NowMs">The leader's clock.</param>
public readonly record struct LeaderAppend(AppendOrigin Origin, long NextOffset, int LeaderEpoch, long NowMs);
