namespace ClassicBroker.Records;

/// <summary>One append as the leader sees it before it knows at which offset.</summary>
/// <param name="Origin">Who wants it.</param>
/// <param name="NowMs">The leader's clock.</param>
public readonly record struct LeaderAppend(AppendOrigin Origin, long NowMs);
