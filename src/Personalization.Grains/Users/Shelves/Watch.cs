using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>Who watches and what they want to see.</summary>
internal sealed record Watch(IUserWatcher Watcher, RecommendationRequest Request);
