using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>The outcome of LeaveGroup: of the whole request, and of each member unless that failed. Immutable.</summary>
public sealed record LeaveResult(ErrorCode Error, LeaveGroupResponse.MemberResponse[] Members);
