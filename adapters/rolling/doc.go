// Package rolling runs two versions of the system at once: the one before, as it was released, and this one.
//
// The version before is the newest tag v… that is not this commit's own, or, while there is none, the commit in the file base.
// ROLLING_BASE names another.
package rolling
