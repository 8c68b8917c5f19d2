using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A topic of a listing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id; zero on clusters that have none.</param>
/// <param name="IsInternal">Whether the brokers keep it for themselves.</param>
public readonly record struct TopicListing(string Name, Uuid Id, bool IsInternal);
