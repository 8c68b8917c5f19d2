namespace ClassicBroker.Tools.Arguments;

/// <summary>Options of which a command line holds one at most, or exactly one.</summary>
/// <param name="IsRequired">Whether one must be there.</param>
/// <param name="Title">The heading help gives the group; null to list its options with the others.</param>
/// <param name="Description">The sentence below the heading.</param>
internal sealed record ExclusiveGroup(bool IsRequired, string? Title = null, string? Description = null);
