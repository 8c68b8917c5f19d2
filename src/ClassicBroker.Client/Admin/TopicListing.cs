using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A topic of a listing.</summary>
public readonly record struct TopicListing(string Name, Uuid Id, bool IsInternal);
