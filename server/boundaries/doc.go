// Package boundaries has no code of its own. Its tests hold the shape of the
// repository: what each program may depend on, which platforms everything
// builds for, what lies where, and what the page may weigh.
package boundaries
